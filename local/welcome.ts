import { root } from "./iam";
import type { ReadyUser } from "./readyUser";
import type { LocalRun } from "./start";

/** What `npm start` prints when all is served: where, a user, and lines to paste into another terminal. */
export function welcome(run: LocalRun, user: ReadyUser): string {
  const token = `Authorization: Bearer $(cat ${user.tokenFile})`;
  return `
Switchboard runs on this machine. Ctrl-C ends it.

  Web app      ${run.url}/
  HTTP API     ${run.url}/http/
  WebSocket    ${run.outputs.webSocketUrl}
  Cognito      ${run.servicesUrl}
    user pool  ${run.outputs.userPoolId}
    client     ${run.outputs.userPoolClientId}
  DynamoDB     ${run.dynamoDbUrl}, for AWS clients with the access key ${root.accessKeyId} and the secret ${root.secretAccessKey}

  User         ${user.username}
  Password     ${user.password}
  Token        in ${user.tokenFile}, always a fresh one

Try it in another terminal, in this folder:

  curl -H "${token}" ${run.url}/http/me
  npx wscat -c ${run.outputs.webSocketUrl} -H "${token}"

and there send a frame:

  {"action":"send","channel":"user:${user.username}","body":"hello"}

`;
}
