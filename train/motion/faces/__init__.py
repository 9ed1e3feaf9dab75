"""The still faces and the mesh that is fitted to them."""
