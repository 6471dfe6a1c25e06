"""The `lvis` cascade: its calibration curves and figures."""
