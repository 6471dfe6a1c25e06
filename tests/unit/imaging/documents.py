"""Small PDF files written by hand. Source: ISO 32000-1, section 7.5."""


def document(
    content: str | bytes, *, pages: int = 1, size: tuple[int, int] = (200, 100), packed: bool = False, catalogue: str = ""
) -> bytes:
    """Pages of a size in points that all show one content stream; `packed`: it is deflated already."""
    stream = content.encode() if isinstance(content, str) else content
    filter_ = "/Filter /FlateDecode " if packed else ""
    kids = " ".join(f"{number} 0 R" for number in range(4, 4 + pages))
    parts = [
        f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        f"<< {filter_}/Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream",
        *[f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] /Contents 3 0 R >>".encode()] * pages,
    ]
    body, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + part + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(parts) + 1} /Root 1 0 R >>\n"
    return body + f"{end}startxref\n{len(body)}\n%%EOF\n".encode()
