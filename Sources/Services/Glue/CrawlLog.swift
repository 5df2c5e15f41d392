import Documents
import Kernel
import Synchronization

/// What a crawl tells its owner: lines in CloudWatch Logs, written as the crawler's role
/// (https://docs.aws.amazon.com/glue/latest/dg/crawler-troubleshooting.html).
final class CrawlLog: Sendable {
    static let group = "/aws-glue/crawlers"

    enum Level: String { case benchmark = "BENCHMARK", info = "INFO", error = "ERROR" }

    private enum Limit {
        /// Lines of one run; more are not kept.
        static let lines = 5_000
        static let line = 4_096
    }

    private let crawler: String
    private let run: String
    private let clock: PlatformClock
    private let lines = Mutex<[(Timestamp, String)]>([])
    private let role = Mutex<Caller?>(nil)

    init(crawler: String, run: String, clock: PlatformClock) { (self.crawler, self.run, self.clock) = (crawler, run, clock) }

    func write(_ level: Level, _ text: String) {
        let line = String("[\(run)] \(level.rawValue) : \(text)".prefix(Limit.line))
        let now = clock.now()
        lines.withLock { if $0.count < Limit.lines { $0.append((now, line)) } }
    }

    /// As whom the lines go out; without a role nobody may write them.
    func speak(as caller: Caller) { role.withLock { $0 = caller } }

    /// A role that may not write logs has none; its crawl is as good.
    func flush(_ catalog: Catalog, on platform: Platform) async {
        let pending = lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
        guard let caller = role.withLock({ $0 }), !pending.isEmpty else { return }
        let events = pending.map { moment, text -> Document in
            ["timestamp": .integer(moment.microseconds / 1_000), "message": .string(text)]
        }
        let place: Members = ["logGroupName": .string(Self.group)]
        let stream: Members = place.merging(["logStreamName": .string(crawler)]) { $1 }
        let steps: [(String, Members)] = [
            ("CreateLogGroup", place), ("CreateLogStream", stream),
            ("PutLogEvents", stream.merging(["logEvents": .list(events)]) { $1 }),
        ]
        for (operation, input) in steps {
            do {
                _ = try await platform.call(Call("logs", operation, .map(input), caller: caller, region: catalog.region))
            } catch let error as AWSError where error.code == "ResourceAlreadyExistsException" {
                continue
            } catch {
                platform.log.debug("no log of a crawl", metadata: ["crawler": "\(crawler)", "reason": "\(error)"])
                return
            }
        }
    }
}
