"""What devices speak: conversations over a link and pure decoders, shared by the models.

Models never import each other; what two of them need, or what would make one too long, is here.
"""
