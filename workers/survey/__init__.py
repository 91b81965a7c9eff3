"""What helps to find one's way in a recording: the storyboard and the waveform."""
