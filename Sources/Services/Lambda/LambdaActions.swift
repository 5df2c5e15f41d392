import Documents
import Kernel

/// Permissions of each operation
/// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html).
extension LambdaService {
    public var actions: ActionMap {
        var map: ActionMap = [:]
        // The action has the operation's name, the resource is the function.
        for name in [
            "UpdateFunctionCode", "DeleteFunction", "GetFunction", "GetFunctionConfiguration", "RemovePermission", "GetPolicy",
            "PutRuntimeManagementConfig", "GetRuntimeManagementConfig", "PutFunctionConcurrency",
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
        map["AddPermission"] = { input, context in
            [
                Permission(
                    "lambda:AddPermission", on: Self.qualified(input, context),
                    conditions: Self.conditions(["lambda:Principal": input["Principal"]], authType: input["FunctionUrlAuthType"]))
            ]
        }
        for name in ["Create", "Update", "Get", "Delete"].map({ "\($0)FunctionUrlConfig" }) {
            map[name] = { input, context in
                let function = Document.string(Self.qualified(input, context))
                let conditions = Self.conditions(["lambda:FunctionArn": function], authType: input["AuthType"])
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
                let (isCreation, function) = (name == "CreateFunction", Self.function(input["FunctionName"], context))
                let conditions = Self.conditions([
                    "lambda:Layer": input["Layers"], "lambda:CodeSigningConfigArn": input["CodeSigningConfigArn"],
                ])
                var needed = [
                    Permission("lambda:\(name)", on: function, conditions: conditions, isCreation: isCreation)
                ]
                if input["Tags"]?.members?.isEmpty == false {
                    needed.append(Permission("lambda:TagResource", on: function, isCreation: isCreation))
                }
                if let role = input["Role"]?.string {
                    let passed = ["iam:PassedToService": ["lambda.amazonaws.com"]]
                    needed.append(Permission("iam:PassRole", on: role, conditions: passed))
                }
                return needed
            }
        }
        for name in ["PutResourcePolicy", "GetResourcePolicy", "DeleteResourcePolicy"] {
            map[name] = { input, _ in [Permission("lambda:\(name)", on: input["ResourceArn"]?.string ?? "*")] }
        }
        for name in ["TagResource", "UntagResource", "ListTags"] {
            map[name] = { input, _ in [Permission("lambda:\(name)", on: input["Resource"]?.string ?? "*")] }
        }
        for name in ["ListFunctions", "ListEventSourceMappings"] {
            map[name] = { _, _ in [Permission("lambda:\(name)", on: "*")] }
        }
        map["CreateEventSourceMapping"] = { input, context in
            let function = Self.function(input["FunctionName"], context)
            var needed = [
                Permission("lambda:CreateEventSourceMapping", on: "*", conditions: ["lambda:FunctionArn": [function]])
            ]
            if input["Tags"]?.members?.isEmpty == false {
                needed.append(Permission("lambda:TagResource", on: context.arn("event-source-mapping:*"), isCreation: true))
            }
            return needed
        }
        for name in ["GetEventSourceMapping", "UpdateEventSourceMapping", "DeleteEventSourceMapping"] {
            map[name] = { input, context in
                let uuid = input["UUID"]?.string ?? ""
                let key = MappingRecord.key(context.account, context.region, uuid)
                let present = try await context.store.read { try $0.record(MappingRecord.self, key) }
                // Whoever changes a mapping's function needs it for both.
                let functions = [
                    present.flatMap { try? $0.name().arn }, input["FunctionName"].map { Self.function($0, context) },
                ].compactMap { $0 }
                let arn = context.arn("event-source-mapping:\(uuid)")
                guard !functions.isEmpty else { return [Permission("lambda:\(name)", on: arn)] }
                return functions.map { Permission("lambda:\(name)", on: arn, conditions: ["lambda:FunctionArn": [$0]]) }
            }
        }
        return map
    }

    /// The condition keys that a request gives values for.
    private static func conditions(_ values: [String: Document?], authType: Document? = nil) -> [String: [String]] {
        var conditions: [String: [String]] = [:]
        for case (let name, let value?) in values {
            conditions[name] = value.list?.compactMap(\.string) ?? value.string.map { [$0] }
        }
        if let type = authType?.string { conditions["lambda:FunctionUrlAuthType"] = [type] }
        return conditions.filter { !$0.value.isEmpty }
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
