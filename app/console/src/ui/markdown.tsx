// Markdown as model cards are written in it, drawn as elements: headings, tables, lists, code, emphasis. No HTML is let through.
import type { ComponentChildren } from "preact";

const PARTS = /(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)\s]+\))/;

export function Markdown({ text }: { text: string }) {
  return <div class="markdown">{blocks(text.replaceAll("\r", "")).map((block, place) => <Block key={place} text={block} />)}</div>;
}

/** Paragraphs, fenced code kept whole. */
function blocks(text: string): string[] {
  const found: string[] = [];
  text.split(/^```.*$/m).forEach((part, turn) => {
    if (turn % 2) found.push("```" + part.replace(/^\n|\n$/g, ""));
    else
      for (const block of part.split(/\n{2,}|\n(?=#{1,6} )|(?<=^#{1,6} .*)\n/m)) {
        if (block.trim()) found.push(block.replace(/^\n+|\s+$/g, ""));
      }
  });
  return found;
}

function Block({ text }: { text: string }) {
  const heading = /^(#{1,6}) (.*)$/.exec(text);
  if (text.startsWith("```")) return <pre tabIndex={0}>{text.slice(3)}</pre>;
  if (heading) return heading[1]!.length === 1 ? <h2>{inline(heading[2]!)}</h2> : <h3>{inline(heading[2]!)}</h3>;
  if (/^\|/.test(text)) return <Table lines={text.split("\n")} />;
  if (/^( {4}|\t)/.test(text)) return <pre tabIndex={0}>{text.replace(/^( {4}|\t)/gm, "")}</pre>;
  if (/^[-*] /.test(text))
    return (
      <ul>
        {text.split(/\n(?=[-*] )/).map((item, place) => (
          <li key={place}>{inline(item.slice(2))}</li>
        ))}
      </ul>
    );
  return <p>{inline(text)}</p>;
}

function Table({ lines }: { lines: string[] }) {
  const cells = (line: string) => line.replace(/^\||\|\s*$/g, "").split("|");
  const ruled = /^\|[\s:|-]+$/.test(lines[1] ?? "");
  const head = ruled ? cells(lines[0] ?? "") : null;
  const rest = lines.slice(ruled ? 2 : 0).filter((line) => line.startsWith("|")).map(cells);
  return (
    <div class="scrolls" tabIndex={0} role="group" aria-label="Table">
      <table>
        {head?.some((cell) => cell.trim()) && (
          <thead>
            <tr>
              {head.map((cell, place) => (
                <th key={place}>{inline(cell.trim())}</th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {rest.map((row, place) => (
            <tr key={place}>
              {row.map((cell, column) => (
                <td key={column}>{inline(cell.trim())}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inline(text: string): ComponentChildren {
  return text.split(PARTS).map((part, place) => {
    if (/^`.+`$/.test(part)) return <code key={place}>{part.slice(1, -1)}</code>;
    if (/^\*\*.+\*\*$/s.test(part)) return <b key={place}>{part.slice(2, -2)}</b>;
    const link = /^\[([^\]]+)\]\((https?:\/\/[^)\s]+)\)$/.exec(part);
    if (link)
      return (
        <a key={place} href={link[2]} target="_blank" rel="noopener noreferrer">
          {link[1]}
        </a>
      );
    return part.replace(/^\[([^\]]+)\]\(.*\)$/, "$1");
  });
}
