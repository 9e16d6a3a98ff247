"""How each published figure is counted in a county: one function a figure."""
