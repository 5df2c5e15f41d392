import Documents
import Kernel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The files through which records go to the SQL worker and come back: a batch is too large for a line of its protocol.
struct ConversionFiles: Sendable {
    struct Failure: Error { let code: Int32 }

    let input: String
    let output: String

    init(_ id: String, in directory: String) throws {
        let folder = directory + "/firehose"
        mkdir(folder, 0o700)
        guard let resolved = realpath(folder, nil) else { throw Failure(code: errno) }
        defer { free(resolved) }
        // A batch with several partitions converts them one after the other, and may be repeated meanwhile after a restart.
        let stem = "\(String(cString: resolved))/\(id)-\(Identifier.code(8))"
        (input, output) = (stem + ".in", stem + ".out")
    }

    /// Writes a line for each record.
    func write(_ records: some Sequence<[UInt8]>) throws {
        guard let file = fopen(input, "wb") else { throw Failure(code: errno) }
        var isWhole = true
        for record in records where isWhole {
            let line = Base64.encode(record) + [UInt8(ascii: "\n")]
            isWhole = fwrite(line, 1, line.count, file) == line.count
        }
        guard fclose(file) == 0, isWhole else { throw Failure(code: errno) }
    }

    func read() throws -> [UInt8] {
        guard let file = fopen(output, "rb") else { throw Failure(code: errno) }
        defer { fclose(file) }
        guard fseek(file, 0, SEEK_END) == 0 else { throw Failure(code: errno) }
        let size = ftell(file)
        rewind(file)
        var bytes = [UInt8](repeating: 0, count: max(0, size))
        guard fread(&bytes, 1, bytes.count, file) == bytes.count else { throw Failure(code: errno) }
        return bytes
    }

    func remove() {
        unlink(input)
        unlink(output)
    }
}
