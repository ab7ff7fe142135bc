import { start } from "../../local/start";

/** More than anything here can reach: what is measured is the machine, not a setting. */
const noLimit = 1_000_000;

async function main(state: string): Promise<void> {
  const run = await start({
    port: 0,
    servicesPort: 0,
    dynamoDbPort: 0,
    state,
    fresh: true,
    settings: {
      "switchboard:throttleRateLimit": String(noLimit),
      "switchboard:throttleBurstLimit": String(noLimit),
    },
    limits: {
      accountRate: noLimit,
      accountBurst: noLimit,
      connectionRate: noLimit,
      connectionBurst: noLimit,
    },
    // As `npm start` does, though nobody reads it.
    log: (line) => console.log(line),
  });
  const close = () => void run.close().then(() => process.exit());
  process.once("SIGTERM", close);
  process.once("disconnect", close);
  process.send!(run.url);
}

void main(process.argv[2]!);
