"""The recipes of today by name: what was made by another one is outdated."""

from workers.normalize.recipe import REMUX, SOUND, STILL, TRANSCODE
from workers.place import stage as place
from workers.preview import poster
from workers.survey import storyboard, waveform

TODAY = (
    *(recipe.name for recipe in (REMUX, TRANSCODE, SOUND, STILL)),
    *(poster.NAME, storyboard.NAME, waveform.NAME, place.GPX, place.VTT),
)
