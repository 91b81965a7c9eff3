// The console's script: each module finds on the page what concerns it, and does nothing elsewhere.
import htmx from "htmx.org";
import { watchNews } from "./ear";
import { listenToKeys } from "./keys";
import { prepareDialogs } from "./dialogs";
import { prepareFinding } from "./finding";
import { prepareQuietForms } from "./decisions";
import { preparePlayer } from "./player";
import { preparePasskeys } from "./passkeys";
import { keepTimesFresh } from "./times";
import { prepareConversation } from "./conversation";
import { prepareSoftening } from "./soften";
import { prepareControls } from "./live/controls";
import { prepareTiles } from "./live/tiles";

// htmx would begin in a later task: a key pressed meanwhile would ask for nothing.
htmx.process(document.body);
prepareSoftening();
prepareDialogs();
prepareFinding();
prepareQuietForms();
preparePlayer();
preparePasskeys();
prepareConversation();
prepareTiles();
prepareControls();
listenToKeys();
keepTimesFresh();
watchNews();
