import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { Throttle } from "../config";

/** Answers a route from what a function returns for the event as API Gateway shapes it. */
export interface LambdaProxyIntegration {
  type: "lambda-proxy";
  function: aws.lambda.Function;
}

/** Answers a route from a function whose input and output are shaped by mapping templates (VTL). */
export interface LambdaIntegration {
  type: "lambda";
  function: aws.lambda.Function;
  /** Makes the function's event of the frame. */
  requestTemplate: string;
  /** Makes the answer of the function's result. Default: the result as it is. */
  responseTemplate?: string;
}

/** Answers a route from a mapping template (VTL) alone: no function runs, and none is paid for. */
export interface MockIntegration {
  type: "mock";
  responseTemplate: string;
}

export interface WebSocketRoute {
  integration: LambdaProxyIntegration | LambdaIntegration | MockIntegration;
  /** Whether the integration's answer goes back over the connection. Default: no. */
  twoWay?: boolean;
}

/** How functions reach the API's connections, the `@connections` of AWS's documentation. */
export interface Connections {
  /** `https://{api}.execute-api.{region}.amazonaws.com/{stage}`, the endpoint of the management API. */
  endpoint: pulumi.Output<string>;
  /** The resource to grant `execute-api:ManageConnections` on, for one method of the management API. */
  arn(method: "GET" | "POST" | "DELETE"): pulumi.Output<string>;
}

export interface WebSocketApiArgs {
  /** The API's name on AWS. */
  apiName: string;
  /** Where a frame names its route. Default: `$request.body.action`. */
  routeSelectionExpression?: string;
  /**
   * Route key to what answers it: `$connect`, `$disconnect`, `$default`, or what frames may name. It is made when
   * the API's address is known, since functions that answer routes post to connections themselves.
   */
  routes: (connections: Connections) => Record<string, WebSocketRoute>;
  /** A REQUEST authorizer, which API Gateway asks on `$connect`. Default: everybody may connect. */
  authorizer?: {
    function: aws.lambda.Function;
    /** Where a credential must be: one that lacks is a 401 without an invocation. Default: the function decides. */
    identitySources?: string[];
  };
  /** The stage, which is also the last part of the API's URL. */
  stageName: string;
  throttle: Throttle;
  /** Base URL under which APIs are reached instead of AWS's own, as `<base>/<api id>/<stage>`. */
  executeApiEndpoint?: string;
  /** The group that takes a line for each handshake and frame. Default: no access log. */
  accessLogGroup?: aws.cloudwatch.LogGroup;
}

/** Selects the template with the key `$default`; without the backslash it would be read as a variable. */
const selectDefault = "\\$default";

/**
 * What an access log says of each handshake and frame. There is no query string in it, since that is where
 * browsers must put credentials, and no message.
 */
const accessLogFormat = JSON.stringify({
  time: "$context.requestTime",
  requestId: "$context.requestId",
  connectionId: "$context.connectionId",
  eventType: "$context.eventType",
  routeKey: "$context.routeKey",
  status: "$context.status",
  sourceIp: "$context.identity.sourceIp",
  authorizerStatus: "$context.authorizer.status",
  integrationStatus: "$context.integrationStatus",
  errorType: "$context.error.responseType",
});

/**
 * A WebSocket API of API Gateway: routes given as a table, with their integrations, permissions and answers, an
 * authorizer, and a stage that serves a change of routes as soon as it is deployed.
 */
export class WebSocketApi extends pulumi.ComponentResource {
  readonly api: aws.apigatewayv2.Api;
  readonly stage: aws.apigatewayv2.Stage;
  readonly connections: Connections;

  constructor(name: string, args: WebSocketApiArgs, opts?: pulumi.ComponentResourceOptions) {
    super("switchboard:aws:WebSocketApi", name, {}, opts);

    this.api = new aws.apigatewayv2.Api(
      name,
      {
        name: args.apiName,
        protocolType: "WEBSOCKET",
        routeSelectionExpression: args.routeSelectionExpression ?? "$request.body.action",
      },
      { parent: this },
    );
    this.connections = connectionsOf(this.api, args);
    const authorizer = args.authorizer && this.createAuthorizer(name, args.authorizer);
    const routes = Object.entries(args.routes(this.connections)).flatMap(([key, route]) =>
      this.createRoute(name, key, route, args.stageName, authorizer),
    );
    this.stage = this.createStage(name, args, routes);
    this.registerOutputs({ apiId: this.api.id, endpoint: this.connections.endpoint });
  }

  private createAuthorizer(
    name: string,
    args: NonNullable<WebSocketApiArgs["authorizer"]>,
  ): aws.apigatewayv2.Authorizer {
    const authorizer = new aws.apigatewayv2.Authorizer(
      name,
      {
        name,
        apiId: this.api.id,
        authorizerType: "REQUEST",
        authorizerUri: args.function.invokeArn,
        identitySources: args.identitySources,
      },
      { parent: this },
    );
    new aws.lambda.Permission(
      `${name}-authorizer`,
      {
        function: args.function.name,
        action: "lambda:InvokeFunction",
        principal: "apigateway.amazonaws.com",
        sourceArn: pulumi.interpolate`${this.api.executionArn}/authorizers/${authorizer.id}`,
      },
      { parent: this },
    );
    return authorizer;
  }

  /** @returns what a stage must wait for to serve the route. */
  private createRoute(
    api: string,
    key: string,
    args: WebSocketRoute,
    stageName: string,
    authorizer: aws.apigatewayv2.Authorizer | undefined,
  ): pulumi.Resource[] {
    // `$` has no place in the names of resources that people read.
    const name = `${api}-${key.replace("$", "")}`;
    const { integration, responses } = this.createIntegration(name, args.integration);
    const guarded = key === "$connect" && authorizer !== undefined;
    const route = new aws.apigatewayv2.Route(
      name,
      {
        apiId: this.api.id,
        routeKey: key,
        // From the id, so that a replaced integration is let go of before it is deleted.
        target: pulumi.interpolate`integrations/${integration.id}`,
        authorizationType: guarded ? "CUSTOM" : "NONE",
        authorizerId: guarded ? authorizer.id : undefined,
        routeResponseSelectionExpression: args.twoWay ? "$default" : undefined,
      },
      { parent: this },
    );
    const made: pulumi.Resource[] = [route, ...responses];
    if (args.twoWay) {
      made.push(
        new aws.apigatewayv2.RouteResponse(
          name,
          { apiId: this.api.id, routeId: route.id, routeResponseKey: "$default" },
          { parent: this },
        ),
      );
    }
    if (args.integration.type !== "mock") {
      made.push(
        new aws.lambda.Permission(
          name,
          {
            function: args.integration.function.name,
            action: "lambda:InvokeFunction",
            principal: "apigateway.amazonaws.com",
            sourceArn: pulumi.interpolate`${this.api.executionArn}/${stageName}/${key}`,
          },
          { parent: this },
        ),
      );
    }
    return made;
  }

  private createIntegration(
    name: string,
    args: WebSocketRoute["integration"],
  ): { integration: aws.apigatewayv2.Integration; responses: pulumi.Resource[] } {
    const integration = new aws.apigatewayv2.Integration(
      name,
      { apiId: this.api.id, ...integrationInputs(args) },
      { parent: this },
    );
    if (args.type === "lambda-proxy") {
      return { integration, responses: [] };
    }
    const response = new aws.apigatewayv2.IntegrationResponse(
      name,
      {
        apiId: this.api.id,
        integrationId: integration.id,
        integrationResponseKey: "$default",
        templateSelectionExpression: selectDefault,
        responseTemplates:
          args.responseTemplate === undefined ? undefined : { $default: args.responseTemplate },
      },
      { parent: this },
    );
    return { integration, responses: [response] };
  }

  private createStage(
    name: string,
    args: WebSocketApiArgs,
    dependsOn: pulumi.Resource[],
  ): aws.apigatewayv2.Stage {
    return new aws.apigatewayv2.Stage(
      name,
      {
        name: args.stageName,
        apiId: this.api.id,
        // A Deployment is a snapshot that knows nothing of a route changed later; this serves what there is.
        autoDeploy: true,
        defaultRouteSettings: {
          // One without the other would set the other to 0, and refuse every frame.
          throttlingRateLimit: args.throttle.rateLimit,
          throttlingBurstLimit: args.throttle.burstLimit,
        },
        accessLogSettings: args.accessLogGroup && {
          destinationArn: args.accessLogGroup.arn,
          format: accessLogFormat,
        },
      },
      { parent: this, dependsOn },
    );
  }
}

function connectionsOf(api: aws.apigatewayv2.Api, args: WebSocketApiArgs): Connections {
  const region = aws.getRegionOutput().region;
  const base =
    args.executeApiEndpoint === undefined
      ? pulumi.interpolate`https://${api.id}.execute-api.${region}.amazonaws.com`
      : pulumi.interpolate`${args.executeApiEndpoint}/${api.id}`;
  return {
    endpoint: pulumi.interpolate`${base}/${args.stageName}`,
    arn: (method) =>
      pulumi.interpolate`${api.executionArn}/${args.stageName}/${method}/@connections/*`,
  };
}

function integrationInputs(
  args: WebSocketRoute["integration"],
): Omit<aws.apigatewayv2.IntegrationArgs, "apiId"> {
  switch (args.type) {
    case "lambda-proxy":
      return {
        integrationType: "AWS_PROXY",
        integrationMethod: "POST",
        integrationUri: args.function.invokeArn,
      };
    case "lambda":
      return {
        integrationType: "AWS",
        integrationMethod: "POST",
        integrationUri: args.function.invokeArn,
        passthroughBehavior: "WHEN_NO_MATCH",
        templateSelectionExpression: selectDefault,
        requestTemplates: { $default: args.requestTemplate },
      };
    case "mock":
      return {
        integrationType: "MOCK",
        passthroughBehavior: "WHEN_NO_MATCH",
        templateSelectionExpression: selectDefault,
        // A mock integration answers with the status that its request template names.
        requestTemplates: { $default: '{"statusCode":200}' },
      };
  }
}
