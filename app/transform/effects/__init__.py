"""The effects of e_: a picture, its arguments and what surrounds it in; a picture out."""
