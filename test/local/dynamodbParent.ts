/** A process for tests to kill: it starts DynamoDB in the folder given, writes an item and says so. */
import { put, startDynamoDb } from "./dynamodbFixture";

void (async () => {
  const { client, dynamoDb } = await startDynamoDb(process.argv[2]!);
  await put(client, "ann");
  process.send!(dynamoDb.pid);
})();
