"""The desktop window: shows state, takes intents; never imports torch or OpenVINO."""
