import { isSupported } from "tus-js-client";

document.documentElement.classList.toggle("can-resume", isSupported);
