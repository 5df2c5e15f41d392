import Documents
import Kernel

/// What Lambda itself writes into a function's log, as text or as JSON
/// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html).
struct SystemLog {
    struct Report {
        var duration: Duration
        /// Megabytes.
        var memory: Int64
        /// Of an environment's first invocation.
        var initialization: Duration?
        var cause: RuntimeProtocol.Cause?
    }

    private let specification: FunctionSpecification
    private let now: Timestamp

    init(_ specification: FunctionSpecification, now: Timestamp) { (self.specification, self.now) = (specification, now) }

    /// - Returns: the line; empty where the level leaves it out.
    func start(_ id: String) -> String {
        guard let log = specification.jsonLog else { return "START RequestId: \(id) Version: \(specification.version)\n" }
        guard log.system != "WARN" else { return "" }
        return line("platform.start", ["requestId": .string(id), "version": .string(specification.version)])
    }

    func end(_ id: String, _ report: Report) -> [String] {
        guard let log = specification.jsonLog else { return text(id, report) }
        var metrics: Members = [
            "durationMs": Self.milliseconds(report.duration), "billedDurationMs": .integer(Self.billed(report.duration)),
            "memorySizeMB": .integer(Int64(specification.memoryMegabytes)), "maxMemoryUsedMB": .integer(report.memory),
        ]
        if let duration = report.initialization { metrics["initDurationMs"] = Self.milliseconds(duration) }
        var record: Members = ["requestId": .string(id), "metrics": .map(metrics), "status": "success"]
        switch report.cause {
        case .timedOut: record["status"] = "timeout"
        case let cause?: (record["status"], record["errorType"]) = ("error", .string(cause.errorType))
        case nil: break
        }
        var lines: [String] = []
        if log.system == "DEBUG" {
            lines.append(
                line("platform.runtimeDone", ["requestId": .string(id), "status": record["status"] ?? "success"]))
        }
        if log.system != "WARN" || report.cause != nil { lines.append(line("platform.report", record)) }
        return lines
    }

    private func line(_ type: String, _ record: Members) -> String {
        JSON.text(["time": .string(now.iso8601(milliseconds: true)), "type": .string(type), "record": .map(record)]) + "\n"
    }

    private func text(_ id: String, _ report: Report) -> [String] {
        var line = "REPORT RequestId: \(id)\tDuration: \(Decimals.milliseconds(report.duration)) ms"
        line += "\tBilled Duration: \(Self.billed(report.duration)) ms\tMemory Size: \(specification.memoryMegabytes) MB"
        line += "\tMax Memory Used: \(report.memory) MB\t"
        if let duration = report.initialization { line += "Init Duration: \(Decimals.milliseconds(duration)) ms\t" }
        var lines: [String] = []
        switch report.cause {
        case .timedOut:
            line += "Status: timeout"
            lines.append("\(now.iso8601(milliseconds: true)) \(id) \(report.cause?.message ?? "")\n")
        case let cause?:
            line += "Status: error\tError Type: \(cause.errorType)"
            lines.append("RequestId: \(id) Error: \(cause.message)\n\(cause.errorType)\n")
        case nil: break
        }
        return lines + ["END RequestId: \(id)\n", line + "\n"]
    }

    private static func billed(_ duration: Duration) -> Int64 { (duration.microseconds + 999) / 1_000 }

    private static func milliseconds(_ duration: Duration) -> Document { .double(Double(duration.microseconds) / 1_000) }
}
