import Documents
import Kernel
import Store

/// What callers name a parameter by: `name`, `name:3`, `name:label`, or an ARN with or without such a selector
/// (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html).
struct ParameterName: Sendable {
    var account: String
    var region: String
    var name: String
    /// The version or label behind the name.
    var selector: String?
    let isARN: Bool

    init(_ text: String, _ context: Context) {
        (account, region, name) = (context.account, context.region, text)
        if let arn = ARN(text), arn.service == "ssm", arn.resource.hasPrefix("parameter/") {
            isARN = true
            (account, region) = (arn.account, arn.region)
            name = String(arn.resource.dropFirst("parameter".count))
        } else {
            isARN = false
        }
        if let colon = name.lastIndex(of: ":") {
            selector = String(name[name.index(after: colon)...])
            name = String(name[..<colon])
        }
    }

    /// A parameter's name and nothing more, for operations on the parameter as a whole.
    /// - Throws: ``SSMFault/validation(_:)`` for an ARN, and for a name with a version or label.
    static func plain(_ text: String, _ context: Context) throws -> ParameterName {
        let name = ParameterName(text, context)
        guard !name.isARN, name.selector == nil else { throw SSMFault.validation(malformed) }
        return name
    }

    var key: Key { ParameterRecord.all(account, region).appending(.text(ParameterRecord.place(name))) }
    var arn: String { ParameterRecord.arn(account, region, name) }

    /// - Throws: ``SSMFault/parameterNotFound``.
    func find(in snapshot: any Snapshot) throws -> ParameterRecord {
        guard let record = try snapshot.record(ParameterRecord.self, key), isARN || record.name == name else {
            throw SSMFault.parameterNotFound
        }
        return record
    }

    /// The parameter and the version that the selector means.
    func version(in snapshot: any Snapshot) throws -> (ParameterRecord, ParameterVersion) {
        let record = try find(in: snapshot)
        guard let selector else { return (record, record.newest) }
        let number: Int64
        if let wanted = Int64(selector) {
            number = wanted
        } else {
            guard let wanted = record.labels[selector] else {
                throw SSMFault.labelNotFound(name: record.name, label: selector)
            }
            number = wanted
        }
        return (record, try snapshot.version(number, of: record))
    }

    /// - Throws: ``SSMFault/validation(_:)`` and ``SSMFault/tooDeep`` for a name that no parameter of a customer may have
    ///   (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html).
    static func check(_ name: String, _ context: Context) throws {
        let place = ParameterRecord.place(name)
        let first = place.lowercased()
        if first.hasPrefix("aws") || first.hasPrefix("ssm") {
            let isPath = name.utf8.count { $0 == UInt8(ascii: "/") } > 1
            if isPath, first.hasPrefix("aws") { throw SSMFault.reservedName(name) }
            throw SSMFault.validation(
                isPath
                    ? malformed
                    : "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).")
        }
        guard place.utf8.allSatisfy(isAllowed), !place.isEmpty, !place.hasSuffix("/"), !place.contains("//") else {
            throw SSMFault.validation(malformed)
        }
        guard !place.contains("/") || name.hasPrefix("/") else {
            throw SSMFault.validation("Parameter name must be a fully qualified name.")
        }
        guard place.split(separator: "/").count <= SSMLimit.levels else { throw SSMFault.tooDeep }
        let arn = ParameterRecord.arn(context.account, context.region, name)
        guard arn.utf8.count <= SSMLimit.nameCharacters else {
            throw SSMFault.validation(
                "Parameter name exceeds the maximum length: the ARN may have \(SSMLimit.nameCharacters) characters.")
        }
    }

    /// Of a path that is no path.
    static let requirements =
        "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash "
        + "\"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or the "
        + "following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if "
        + "specified, must use the forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_."

    private static let malformed = "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). \(form)"
    private static let form =
        "If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of "
        + "letters, numbers and the following 3 symbols .-_"

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: ".-_/".utf8.contains(byte)
        }
    }
}

extension Snapshot {
    /// - Throws: ``SSMFault/versionNotFound(name:version:)``.
    func version(_ number: Int64, of parameter: ParameterRecord) throws -> ParameterVersion {
        if number == parameter.newest.number { return parameter.newest }
        guard let version = try record(ParameterVersion.self, parameter.versionKey(number)) else {
            throw SSMFault.versionNotFound(name: parameter.name, version: String(number))
        }
        return version
    }
}
