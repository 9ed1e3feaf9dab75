"""Everything that makes FaceCLIP's two towers."""
