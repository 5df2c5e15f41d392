import Documents
import Kernel

/// Permissions of each operation
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html).
extension LambdaService {
    public var actions: ActionMap {
        var map: ActionMap = [:]
        // The action has the operation's name, the resource is the function.
        for name in [
            "UpdateFunctionCode", "DeleteFunction", "GetFunction", "GetFunctionConfiguration", "AddPermission",
            "RemovePermission",
            "GetPolicy", "PutRuntimeManagementConfig", "GetRuntimeManagementConfig", "PutFunctionConcurrency",
            "GetFunctionConcurrency", "DeleteFunctionConcurrency",
        ] {
            map[name] = { input, context in [Permission("lambda:\(name)", on: Self.qualified(input, context))] }
        }
        for name in ["Invoke", "InvokeAsync", "InvokeWithResponseStream"] {
            map[name] = { input, context in [Permission("lambda:InvokeFunction", on: Self.qualified(input, context))] }
        }
        for name in ["Put", "Get", "Delete"].map({ "\($0)ProvisionedConcurrencyConfig" }) {
            map[name] = { input, context in [Permission("lambda:\(name)", on: Self.qualified(input, context))] }
        }
        map["GetAccountSettings"] = { _, _ in [Permission("lambda:GetAccountSettings", on: "*")] }
        for name in [
            "PublishVersion", "ListVersionsByFunction", "CreateAlias", "UpdateAlias", "GetAlias", "DeleteAlias", "ListAliases",
            "ListFunctionEventInvokeConfigs", "ListFunctionUrlConfigs", "ListProvisionedConcurrencyConfigs",
            "GetFunctionCodeSigningConfig", "DeleteFunctionCodeSigningConfig", "GetFunctionRecursionConfig",
            "PutFunctionRecursionConfig",
        ] {
            map[name] = { input, context in [Permission("lambda:\(name)", on: Self.function(input["FunctionName"], context))] }
        }
        for name in ["Put", "Update", "Get", "Delete"].map({ "\($0)FunctionEventInvokeConfig" }) {
            map[name] = { input, context in [Permission("lambda:\(name)", on: Self.qualified(input, context))] }
        }
        for name in ["Create", "Update", "Get", "Delete"].map({ "\($0)FunctionUrlConfig" }) {
            map[name] = { input, context in
                let conditions = input["AuthType"]?.string.map { ["lambda:FunctionUrlAuthType": [$0]] } ?? [:]
                return [Permission("lambda:\(name)", on: Self.qualified(input, context), conditions: conditions)]
            }
        }
        for name in [
            "GetCodeSigningConfig", "UpdateCodeSigningConfig", "DeleteCodeSigningConfig", "ListFunctionsByCodeSigningConfig",
        ] {
            map[name] = { input, _ in [Permission("lambda:\(name)", on: input["CodeSigningConfigArn"]?.string ?? "*")] }
        }
        map["PutFunctionCodeSigningConfig"] = { input, context in
            [
                Permission(
                    "lambda:PutFunctionCodeSigningConfig", on: Self.function(input["FunctionName"], context),
                    conditions: ["lambda:CodeSigningConfigArn": [input["CodeSigningConfigArn"]?.string ?? ""]])
            ]
        }
        for name in ["CreateCodeSigningConfig", "ListCodeSigningConfigs"] {
            map[name] = { _, _ in [Permission("lambda:\(name)", on: "*")] }
        }
        map["PublishLayerVersion"] = { input, context in
            let place = try LayerPlace(input["LayerName"]?.string ?? "", version: 0, context)
            return [Permission("lambda:PublishLayerVersion", on: place.layerARN)]
        }
        map["ListLayerVersions"] = { _, _ in [Permission("lambda:ListLayerVersions", on: "*")] }
        map["ListLayers"] = { _, _ in [Permission("lambda:ListLayers", on: "*")] }
        map["GetLayerVersionByArn"] = { input, _ in
            [Permission("lambda:GetLayerVersion", on: input["Arn"]?.string ?? "*")]
        }
        for name in [
            "GetLayerVersion", "DeleteLayerVersion", "AddLayerVersionPermission", "RemoveLayerVersionPermission",
            "GetLayerVersionPolicy",
        ] {
            map[name] = { input, context in
                let place = try LayerPlace(
                    input["LayerName"]?.string ?? "", version: input["VersionNumber"]?.integer ?? 0, context)
                return [Permission("lambda:\(name)", on: place.arn)]
            }
        }
        for name in ["CreateFunction", "UpdateFunctionConfiguration"] {
            map[name] = { input, context in
                let own = Permission("lambda:\(name)", on: Self.function(input["FunctionName"], context))
                guard let role = input["Role"]?.string else { return [own] }
                return [own, Permission("iam:PassRole", on: role, conditions: ["iam:PassedToService": ["lambda.amazonaws.com"]])]
            }
        }
        for name in ["TagResource", "UntagResource", "ListTags"] {
            map[name] = { input, _ in [Permission("lambda:\(name)", on: input["Resource"]?.string ?? "*")] }
        }
        for name in ["ListFunctions", "ListEventSourceMappings"] {
            map[name] = { _, _ in [Permission("lambda:\(name)", on: "*")] }
        }
        map["CreateEventSourceMapping"] = { input, context in
            let function = Self.function(input["FunctionName"], context)
            return [Permission("lambda:CreateEventSourceMapping", on: "*", conditions: ["lambda:FunctionArn": [function]])]
        }
        for name in ["GetEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping"] {
            map[name] = { input, context in
                [Permission("lambda:\(name)", on: context.arn("event-source-mapping:\(input["UUID"]?.string ?? "")"))]
            }
        }
        return map
    }

    /// The version or alias that a request names, in the name itself or beside it.
    private static func qualified(_ input: Document, _ context: Context) -> String {
        let name = try? FunctionName(input["FunctionName"]?.string ?? "", context, qualifier: input["Qualifier"]?.string)
        return name?.qualifiedARN ?? context.arn("function:")
    }

    /// A name of no valid form is refused by the handler; for authorization it is no function of anybody's.
    private static func function(_ name: Document?, _ context: Context) -> String {
        (try? FunctionName(name?.string ?? "", context).arn) ?? context.arn("function:")
    }
}
