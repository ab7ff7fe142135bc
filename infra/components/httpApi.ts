import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Throttle } from "../config";

export type Access = "public" | "authenticated";

export interface HttpApiArgs {
  /** The API's name on AWS. */
  apiName: string;
  function: aws.lambda.Function;
  /**
   * Route key, such as `GET /http/health` or `$default`, to who may call it. All lead to the one function, which
   * with {@link allowedOrigins} also gets the preflights of `ANY` and `$default` routes, to answer with a 2xx.
   */
  routes: Record<string, Access>;
  /** Whose tokens are taken, as `Authorization: Bearer`. */
  jwt: { issuer: pulumi.Input<string>; audiences: pulumi.Input<string>[] };
  /** Origins of pages that are served elsewhere. Default: none, and no CORS, since the app has the same origin. */
  allowedOrigins?: string[];
  throttle: Throttle;
  /** The group that takes a line for each request. Default: no access log. */
  accessLogGroup?: aws.cloudwatch.LogGroup;
}

/** What an access log says of each request: no query string, no header, no body. */
const accessLogFormat = JSON.stringify({
  time: "$context.requestTime",
  requestId: "$context.requestId",
  method: "$context.httpMethod",
  routeKey: "$context.routeKey",
  status: "$context.status",
  protocol: "$context.protocol",
  responseLength: "$context.responseLength",
  sourceIp: "$context.identity.sourceIp",
  integrationStatus: "$context.integrationStatus",
  errorType: "$context.error.responseType",
});

/** An HTTP API of API Gateway in front of one function, with a JWT authorizer. */
export class HttpApi extends pulumi.ComponentResource {
  readonly api: aws.apigatewayv2.Api;
  readonly stage: aws.apigatewayv2.Stage;

  constructor(name: string, args: HttpApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:aws:HttpApi", name, {}, opts);
    const parent = { parent: this };

    this.api = new aws.apigatewayv2.Api(
      name,
      {
        name: args.apiName,
        protocolType: "HTTP",
        corsConfiguration: cors(args.allowedOrigins ?? []),
      },
      parent,
    );
    const authorizer = new aws.apigatewayv2.Authorizer(
      name,
      {
        name,
        apiId: this.api.id,
        authorizerType: "JWT",
        identitySources: ["$request.header.Authorization"],
        jwtConfiguration: { issuer: args.jwt.issuer, audiences: args.jwt.audiences },
      },
      parent,
    );
    const integration = new aws.apigatewayv2.Integration(
      name,
      {
        apiId: this.api.id,
        integrationType: "AWS_PROXY",
        integrationMethod: "POST",
        integrationUri: args.function.invokeArn,
        payloadFormatVersion: "2.0",
      },
      parent,
    );
    const permission = new aws.lambda.Permission(
      name,
      {
        function: args.function.name,
        action: "lambda:InvokeFunction",
        principal: "apigateway.amazonaws.com",
        sourceArn: pulumi.interpolate`${this.api.executionArn}/*/*`,
      },
      parent,
    );
    const preflights = args.allowedOrigins?.length ? preflightRoutes(args.routes) : {};
    const routes = Object.entries({ ...preflights, ...args.routes }).map(
      ([key, access]) =>
        new aws.apigatewayv2.Route(
          `${name}-${resourceName(key)}`,
          {
            apiId: this.api.id,
            routeKey: key,
            target: pulumi.interpolate`integrations/${integration.id}`,
            authorizationType: access === "public" ? "NONE" : "JWT",
            authorizerId: access === "public" ? undefined : authorizer.id,
          },
          parent,
        ),
    );
    this.stage = new aws.apigatewayv2.Stage(
      name,
      {
        name: "$default",
        apiId: this.api.id,
        autoDeploy: true,
        defaultRouteSettings: {
          // One without the other would set the other to 0, and refuse every request.
          throttlingRateLimit: args.throttle.rateLimit,
          throttlingBurstLimit: args.throttle.burstLimit,
        },
        accessLogSettings: args.accessLogGroup && {
          destinationArn: args.accessLogGroup.arn,
          format: accessLogFormat,
        },
      },
      { parent: this, dependsOn: [...routes, permission] },
    );
    this.registerOutputs({ apiId: this.api.id });
  }
}

function cors(origins: string[]): aws.apigatewayv2.ApiArgs["corsConfiguration"] {
  if (origins.length === 0) {
    return undefined;
  }
  return {
    allowOrigins: origins,
    allowMethods: ["GET", "POST", "DELETE"],
    allowHeaders: ["authorization", "content-type"],
    // Two hours, the longest that Chromium keeps an answer.
    maxAge: 7200,
  };
}

/**
 * Preflights carry no token, yet `ANY` and `$default` take them as they take every method, and the authorizer would
 * refuse them. A route for OPTIONS at the same path goes before.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
 */
function preflightRoutes(routes: Record<string, Access>): Record<string, Access> {
  const guarded = Object.keys(routes).filter((key) => routes[key] === "authenticated");
  const paths = guarded.flatMap((key) =>
    key === "$default" ? "/{proxy+}" : key.startsWith("ANY ") ? key.slice("ANY ".length) : [],
  );
  return Object.fromEntries(paths.map((path) => [`OPTIONS ${path}`, "public"]));
}

/** `GET /http/{proxy+}` as a part of a Pulumi name: `get-http-proxy`. */
function resourceName(routeKey: string): string {
  return (routeKey.toLowerCase().match(/[a-z0-9]+/g) ?? []).join("-");
}
