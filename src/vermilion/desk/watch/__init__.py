"""Market surveillance where the parts meet: files and books in, findings and price bands out."""
