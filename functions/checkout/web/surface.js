// The script of both pages of the checkout: the frame in a shop's page, and the hosted page.

import { openFrame } from "./frame.js";
import { openPage } from "./page.js";

const openSurface = document.documentElement.dataset.surface === "frame" ? openFrame : openPage;
openSurface(document.getElementById("checkout"));
