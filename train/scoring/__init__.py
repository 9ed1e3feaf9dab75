"""What a reported number is: scores, calibration and the figures made of them."""
