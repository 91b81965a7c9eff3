from tests.media.making import Family

FILES = Family()
