"""What every program needs: its folder, its processes, its arithmetic."""
