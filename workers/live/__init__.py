"""After a broadcast: its parts are joined for viewing, marked frames are cut, its places drawn."""
