// Just enough of a WebSocket client for a test: connect, send texts, gather what comes until the
// other side closes.

import { randomBytes } from "node:crypto";
import { request } from "node:https";

function frame(text) {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  const masked = payload.map((byte, i) => byte ^ mask[i % 4]);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, masked]);
}

/** The payloads of whole frames; short ones only, as a shell's are. */
function payloads(bytes) {
  let text = "";
  for (let at = 0; at + 2 <= bytes.length; ) {
    const size = bytes[at + 1] & 0x7f;
    if ((bytes[at] & 0x0f) !== 8) text += bytes.subarray(at + 2, at + 2 + size).toString();
    at += 2 + size;
  }
  return text;
}

/** Opens `uri`, sends `lines` one after the other and resolves to all that was said. */
export function converse(uri, lines) {
  return new Promise((resolve, reject) => {
    const asked = request(uri.replace(/^wss/, "https"), {
      headers: {
        Connection: "Upgrade",
        Upgrade: "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": randomBytes(16).toString("base64"),
      },
    });
    asked.on("error", reject);
    asked.on("response", (answer) => reject(new Error(`no upgrade but ${answer.statusCode}`)));
    asked.on("upgrade", (_, socket, head) => {
      const heard = [head];
      socket.on("data", (bytes) => heard.push(bytes));
      socket.on("close", () => resolve(payloads(Buffer.concat(heard))));
      socket.on("error", reject);
      for (const line of lines) socket.write(frame(line));
      socket.setTimeout(10_000, () => socket.destroy());
    });
    asked.end();
  });
}
