"""How an acting face is filmed: warp, mouth, camera, pixels."""
