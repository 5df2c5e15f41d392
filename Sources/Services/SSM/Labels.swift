import Kernel
import Store

/// LabelParameterVersion and UnlabelParameterVersion
/// (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html).
extension SSMService {
    struct LabelInput: Decodable, Sendable {
        var Name: String
        var ParameterVersion: Int64?
        var Labels: [String]
    }

    struct LabelOutput: Codable, Sendable {
        var InvalidLabels: [String]
        var ParameterVersion: Int64
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html
    func label(_ input: LabelInput, _ context: Context) async throws -> LabelOutput {
        let name = try ParameterName.plain(input.Name, context)
        let platform = context.platform
        return try await context.store.write { transaction in
            var record = try name.find(in: transaction)
            let number = input.ParameterVersion ?? record.newest.number
            _ = try transaction.version(number, of: record)
            let valid = input.Labels.filter(Self.isLabel)
            for label in valid { record.labels[label] = number }
            guard record.labels(of: number).count <= SSMLimit.labels else { throw SSMFault.tooManyLabels }
            try transaction.put(record.key, record)
            if !valid.isEmpty { try announce("LabelParameterVersion", record, transaction, platform) }
            return LabelOutput(InvalidLabels: input.Labels.filter { !Self.isLabel($0) }, ParameterVersion: number)
        }
    }

    /// Letters, digits, `.`, `-` and `_`; neither a number in front nor the words of AWS.
    private static func isLabel(_ text: String) -> Bool {
        let lower = text.lowercased()
        guard (1...SSMLimit.labelCharacters).contains(text.count), !lower.hasPrefix("aws"), !lower.hasPrefix("ssm"),
            let first = text.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
        else { return false }
        return lower.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: ".-_".utf8.contains(byte)
            }
        }
    }

    struct UnlabelInput: Decodable, Sendable {
        var Name: String
        var ParameterVersion: Int64
        var Labels: [String]
    }

    struct UnlabelOutput: Codable, Sendable {
        var RemovedLabels: [String]
        var InvalidLabels: [String]
    }

    /// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UnlabelParameterVersion.html
    func unlabel(_ input: UnlabelInput, _ context: Context) async throws -> UnlabelOutput {
        let name = try ParameterName.plain(input.Name, context)
        return try await context.store.write { transaction in
            var record = try name.find(in: transaction)
            _ = try transaction.version(input.ParameterVersion, of: record)
            var output = UnlabelOutput(RemovedLabels: [], InvalidLabels: [])
            for label in input.Labels {
                guard record.labels[label] == input.ParameterVersion else {
                    output.InvalidLabels.append(label)
                    continue
                }
                record.labels[label] = nil
                output.RemovedLabels.append(label)
            }
            try transaction.put(record.key, record)
            return output
        }
    }
}
