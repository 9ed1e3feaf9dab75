"""The Clip page, and the open clip that other pages follow."""
