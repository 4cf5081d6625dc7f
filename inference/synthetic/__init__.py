"""The made demo slide: a drawn H&E lymph node whose tumour outlines are known exactly."""
