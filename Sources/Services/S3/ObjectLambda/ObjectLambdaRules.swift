import Documents
import Kernel

/// What a configuration of an Object Lambda access point may say
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_ObjectLambdaConfiguration.html).
enum ObjectLambdaRules {
    static let actions: Set<String> = ["GetObject", "HeadObject", "ListObjects", "ListObjectsV2"]
    static let features: Set<String> = [
        "GetObject-Range", "GetObject-PartNumber", "HeadObject-Range", "HeadObject-PartNumber",
    ]

    /// Three to 45 characters; otherwise as other access points' names.
    static func isValid(name: String) -> Bool { name.utf8.count <= 45 && AccessPointName.isValid(name) }

    /// - Throws: ``S3Fault``
    static func transformations(_ configuration: ControlShape.ObjectLambdaConfiguration) throws
        -> [ObjectLambdaRecord.Transformation]
    {
        let given = configuration.transformationConfigurations
        guard !given.isEmpty else { throw S3Fault.malformedXML }
        var seen: Set<String> = []
        return try given.map { entry in
            guard !entry.actions.isEmpty, entry.actions.allSatisfy(actions.contains) else { throw S3Fault.malformedXML }
            for action in entry.actions {
                guard seen.insert(action).inserted else {
                    throw S3Fault.invalidRequest("The action \(action) is transformed more than once.")
                }
            }
            guard let function = entry.contentTransformation.awsLambda else { throw S3Fault.malformedXML }
            guard let arn = ARN(function.functionARN), arn.service == "lambda", !arn.region.isEmpty, arn.account.utf8.count == 12,
                arn.resource.hasPrefix("function:")
            else { throw S3Fault.invalidRequest("The function ARN \(function.functionARN) is not valid.") }
            if let payload = function.functionPayload, payload.utf8.count > Limit.functionPayload {
                throw S3Fault.invalidRequest("The function payload is larger than \(Limit.functionPayload) bytes.")
            }
            return ObjectLambdaRecord.Transformation(
                actions: entry.actions, functionARN: function.functionARN, payload: function.functionPayload)
        }
    }

    /// - Throws: ``S3Fault``
    static func features(_ configuration: ControlShape.ObjectLambdaConfiguration) throws -> [String] {
        let given = configuration.allowedFeatures ?? []
        guard given.allSatisfy(features.contains), Set(given).count == given.count else { throw S3Fault.malformedXML }
        return given
    }

    /// The access point behind it, of the same account and Region.
    /// - Throws: ``S3Fault``
    static func supportingPoint(_ configuration: ControlShape.ObjectLambdaConfiguration, _ context: Context) throws
        -> AccessPointPlace
    {
        let text = configuration.supportingAccessPoint
        guard text.hasPrefix("arn:aws:s3:"), case .place(let name, let account, let region)? = try AccessPointReference(text)
        else {
            throw S3Fault.invalidRequest("The supporting access point \(text) is not valid.")
        }
        guard account == context.account, region == context.region else {
            throw S3Fault.invalidRequest("The supporting access point must be in the account and the Region of the request.")
        }
        return AccessPointPlace(name: name, account: account, region: region)
    }
}
