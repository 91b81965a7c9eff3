// The console's script: each module finds on the page what concerns it, and does nothing elsewhere.
import "htmx.org";
import { watchNews } from "./live";
import { listenToKeys } from "./keys";
import { prepareDialogs } from "./dialogs";
import { prepareQuietForms } from "./decisions";
import { preparePlayer } from "./player";
import { preparePasskeys } from "./passkeys";
import { keepTimesFresh } from "./times";
import { prepareSoftening } from "./soften";

prepareSoftening();
prepareDialogs();
prepareQuietForms();
preparePlayer();
preparePasskeys();
listenToKeys();
keepTimesFresh();
watchNews();
