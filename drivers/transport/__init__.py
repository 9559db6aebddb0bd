"""The links to devices, and the only importers of pyusb, pyserial and cv2.VideoCapture."""
