"""How the weight packs under models/ were made; nothing here is needed to run them."""
