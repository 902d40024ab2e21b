// One process for all of them: they share a server and a browser.
import "./page.js";
import "./conversation.js";
import "./long.js";
import "./quality.js";
import "./unlock.js";
import "./embed.js";
import "./hostile.js";
import "./attachments.js";
