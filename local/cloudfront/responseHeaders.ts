import type { ServerResponse } from "node:http";
import type { Resource } from "../graph";

/** The headers of a response headers policy that stand whatever the origin said, and those that yield to it. */
export interface PolicyHeaders {
  override: Record<string, string>;
  add: Record<string, string>;
}

/** @param policy a `cloudfront.ResponseHeadersPolicy` */
export function policyHeaders(policy: Resource): PolicyHeaders {
  const headers: PolicyHeaders = { override: {}, add: {} };
  const set = (name: string, value: string, override: boolean | undefined) => {
    headers[override ? "override" : "add"][name] = value;
  };
  const security = policy.inputs.securityHeadersConfig ?? {};
  for (const [key, config] of Object.entries<any>(security)) {
    const header = securityHeaders[key];
    if (header === undefined) {
      throw new Error(
        `${policy.name}: securityHeadersConfig.${key} is not served locally; known are ${Object.keys(securityHeaders).join(", ")}.`,
      );
    }
    set(header.name, header.value(config), config.override);
  }
  for (const item of policy.inputs.customHeadersConfig?.items ?? []) {
    set(item.header.toLowerCase(), item.value, item.override);
  }
  return headers;
}

const securityHeaders: Record<string, { name: string; value: (config: any) => string }> = {
  contentSecurityPolicy: {
    name: "content-security-policy",
    value: (config) => config.contentSecurityPolicy,
  },
  contentTypeOptions: { name: "x-content-type-options", value: () => "nosniff" },
  frameOptions: { name: "x-frame-options", value: (config) => config.frameOption },
  referrerPolicy: { name: "referrer-policy", value: (config) => config.referrerPolicy },
  strictTransportSecurity: {
    name: "strict-transport-security",
    value: (config) =>
      `max-age=${config.accessControlMaxAgeSec}` +
      (config.includeSubdomains ? "; includeSubDomains" : "") +
      (config.preload ? "; preload" : ""),
  },
};

/** Has the policy's headers join those of the origin when the response's head is written. */
export function applyPolicy(response: ServerResponse, policy: PolicyHeaders): void {
  const writeHead = response.writeHead.bind(response);
  response.writeHead = (status: number, ...rest: any[]) => {
    const [reason, headers] = typeof rest[0] === "string" ? rest : [undefined, rest[0]];
    const named = new Set(response.getHeaderNames());
    for (const [name, value] of Object.entries<string>(headers ?? {})) {
      response.setHeader(name, value);
      named.add(name.toLowerCase());
    }
    for (const [name, value] of Object.entries(policy.add)) {
      if (!named.has(name)) {
        response.setHeader(name, value);
      }
    }
    for (const [name, value] of Object.entries(policy.override)) {
      response.setHeader(name, value);
    }
    return reason === undefined ? writeHead(status) : writeHead(status, reason);
  };
}
