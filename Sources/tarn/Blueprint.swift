import Foundation
import Yams

/// One runnable architecture: a folder under `Blueprints/` with a `blueprint.yaml`.
struct Blueprint: Sendable {
    struct Step: Codable, Sendable {
        var title: String
        /// A line for bash, run in the blueprint's folder.
        var run: String
        /// Its outcome is one of the verdicts.
        var check: Bool?
        /// It changes nothing, so that it can be run again alone.
        var verify: Bool?
    }

    private struct File: Codable {
        var name: String
        var title: String
        var architecture: String
        var summary: String
        var steps: [Step]
        var clean: [Step]
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    let folder: String
    let name: String
    let title: String
    let architecture: String
    let summary: String
    let steps: [Step]
    let clean: [Step]

    /// - Throws: ``Failure`` for an unknown name or a broken file.
    init(_ name: String, home: String) throws {
        folder = "\(home)/Blueprints/\(name)"
        // A name is a folder's name, not a path.
        guard !name.contains("/"), !name.hasPrefix("."),
            let text = try? String(contentsOfFile: folder + "/blueprint.yaml", encoding: .utf8)
        else { throw Failure(description: "there is no blueprint '\(name)'; `tarn blueprint list` names them") }
        do {
            let file = try YAMLDecoder().decode(File.self, from: text)
            (self.name, title, architecture) = (file.name, file.title, file.architecture)
            (summary, steps, clean) = (file.summary.trimmingCharacters(in: .whitespacesAndNewlines), file.steps, file.clean)
        } catch {
            throw Failure(description: "\(folder)/blueprint.yaml: \(error)")
        }
    }

    static func all(home: String) throws -> [Blueprint] {
        try FileManager.default.contentsOfDirectory(atPath: home + "/Blueprints").sorted()
            .filter { FileManager.default.fileExists(atPath: "\(home)/Blueprints/\($0)/blueprint.yaml") }
            .map { try Blueprint($0, home: home) }
    }
}
