"""A timeline as a picture that moves: keys, pace, scene, and the paint that is put on a terminal."""
