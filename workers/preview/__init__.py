"""The poster: one picture by which a reviewer knows a media in the queue, before it is ready to be played."""
