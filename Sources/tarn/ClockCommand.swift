import ArgumentParser
import Documents

struct ClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Show or move the clock of a running server.",
        subcommands: [Now.self, Advance.self], defaultSubcommand: Now.self)

    struct Now: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show the server's time.")
        @OptionGroup var server: EndpointOption
        func run() async throws {
            let answer = try await AdminClient(endpoint: server.url).send("GET", "/_tarn/clock")
            print(answer["now"]?.string ?? "")
        }
    }

    struct Advance: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Move the clock forward and run whatever falls due on the way, in order.")
        @Argument(help: "How far: 300s, 15m, 48h, 30d, or several together (1d12h).") var duration: String
        @OptionGroup var server: EndpointOption

        func validate() throws {
            guard ClockCommand.seconds(duration) != nil else {
                throw ValidationError("'\(duration)' is not a duration; write 300s, 15m, 48h or 30d")
            }
        }

        func run() async throws {
            guard let seconds = ClockCommand.seconds(duration) else { return }
            let answer = try await AdminClient(endpoint: server.url)
                .send("POST", "/_tarn/clock/advance", ["seconds": .integer(seconds)])
            print("\(answer["now"]?.string ?? ""), \(answer["fired"]?.integer ?? 0) timers ran")
        }
    }

    /// Seconds of `1d12h`; nil if it is not a duration, or longer than a hundred years.
    static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        var total: Int64 = 0
        var digits = ""
        for character in text {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            guard let unit = units[character], digits.count <= 10, let count = Int64(digits) else { return nil }
            total += count * unit
            digits = ""
        }
        guard digits.isEmpty, total > 0, total <= 100 * 365 * 86_400 else { return nil }
        return total
    }
}
