import ArgumentParser

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Which running server a command talks to.
struct EndpointOption: ParsableArguments {
    @Option(help: "The server's address; else AWS_ENDPOINT_URL, else http://127.0.0.1:4566.") var endpoint: String?

    var url: String {
        let given = endpoint ?? getenv("AWS_ENDPOINT_URL").map { String(cString: $0) } ?? "http://127.0.0.1:4566"
        return given.hasSuffix("/") ? String(given.dropLast()) : given
    }
}
