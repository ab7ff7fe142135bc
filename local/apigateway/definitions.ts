import type { Selection } from "./selection";
import type { Template } from "./templates";
import type { ThrottleSettings } from "./throttle";

/** An API with all that belongs to it, checked and with its expressions and templates compiled. */
export interface ApiDefinition {
  id: string;
  /** The Pulumi name, for messages. */
  name: string;
  protocol: "HTTP" | "WEBSOCKET";
  executionArn: string;
  region: string;
  accountId: string;
  domainName: string;
  /** WebSocket APIs only. */
  routeSelection: Selection;
  cors?: CorsDefinition;
  routes: RouteDefinition[];
  stages: StageDefinition[];
}

export interface CorsDefinition {
  allowOrigins: string[];
  allowMethods: string[];
  allowHeaders: string[];
  exposeHeaders: string[];
  maxAge?: number;
  allowCredentials: boolean;
}

export interface StageDefinition {
  /** `$default` or the first segment of its paths. */
  name: string;
  /** Without automatic deployment and without a deployment, a stage serves nothing. */
  deployed: boolean;
  throttle?: ThrottleSettings;
  routeThrottles: Map<string, ThrottleSettings>;
  variables: Record<string, string>;
  accessLogFormat?: string;
}

export interface RouteDefinition {
  /** The type and name of the resource, for messages. */
  label: string;
  key: string;
  integration: IntegrationDefinition;
  authorizer?: AuthorizerDefinition;
  scopes: string[];
  /** The integration's answer goes back to the client. */
  twoWay: boolean;
}

export interface IntegrationDefinition {
  label: string;
  type: "AWS_PROXY" | "AWS" | "MOCK";
  /** Of all but mock integrations. */
  functionArn?: string;
  /** Milliseconds. */
  timeout: number;
  requestTemplates: Map<string, Template>;
  templateSelection?: Selection;
  passthrough: "WHEN_NO_MATCH" | "WHEN_NO_TEMPLATES" | "NEVER";
  responses: IntegrationResponseDefinition[];
}

export interface IntegrationResponseDefinition {
  /** Undefined for `$default`. */
  pattern?: RegExp;
  templates: Map<string, Template>;
  templateSelection?: Selection;
}

export type AuthorizerDefinition = RequestAuthorizerDefinition | JwtAuthorizerDefinition;

export interface RequestAuthorizerDefinition {
  type: "REQUEST";
  id: string;
  label: string;
  functionArn: string;
  identitySources: IdentitySource[];
}

export interface IdentitySource {
  from: "header" | "querystring";
  name: string;
}

export interface JwtAuthorizerDefinition {
  type: "JWT";
  label: string;
  identitySource: IdentitySource;
  issuer: string;
  audiences: string[];
}
