/** The statements of AWS's managed policies that a function's role may sensibly attach, by the policy's name. */
export const managedPolicies: Record<string, { Statement: object[] }> = {
  AWSLambdaBasicExecutionRole: {
    Statement: [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: "*",
      },
    ],
  },
  AWSXRayDaemonWriteAccess: {
    Statement: [
      {
        Effect: "Allow",
        Action: [
          "xray:PutTraceSegments",
          "xray:PutTelemetryRecords",
          "xray:GetSamplingRules",
          "xray:GetSamplingTargets",
          "xray:GetSamplingStatisticSummaries",
        ],
        Resource: "*",
      },
    ],
  },
};
