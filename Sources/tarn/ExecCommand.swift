import ArgumentParser

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec", abstract: "Run a command with its AWS endpoint, Region, credentials and CA set to a running Tarn.",
        discussion: "What the environment already says about credentials and Region is kept.")

    @OptionGroup var server: EndpointOption
    @Option(help: "The data directory of the server, where its certificate authority is.") var data = ".tarn"
    @Argument(parsing: .captureForPassthrough, help: "The command and its arguments.") var command: [String] = []

    func run() async throws {
        let words = withEndpoint(command.first == "--" ? Array(command.dropFirst()) : command)
        guard let program = words.first else { throw ValidationError("name a command: tarn exec -- aws s3 ls") }
        setenv("AWS_ENDPOINT_URL", server.url, 1)
        // No label (an account's, a route's) can stand before an address.
        setenv("AWS_DISABLE_HOST_PREFIX_INJECTION", "true", 0)
        setenv("AWS_ACCESS_KEY_ID", "test", 0)
        setenv("AWS_SECRET_ACCESS_KEY", "test", 0)
        setenv("AWS_REGION", "us-east-1", 0)
        setenv("AWS_DEFAULT_REGION", "us-east-1", 0)
        setenv("AWS_EC2_METADATA_DISABLED", "true", 1)
        let authority = data + "/tls/ca.pem"
        if let resolved = realpath(authority, nil) {
            for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"] {
                setenv(name, resolved, 0)
            }
            free(resolved)
        }
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        execvp(program, &arguments)
        throw ValidationError("\(program): \(String(cString: strerror(errno)))")
    }

    /// Version 1 of the AWS CLI sends calls of SQS to that service's old host names, whatever AWS_ENDPOINT_URL says; it heeds
    /// its own option alone.
    private func withEndpoint(_ words: [String]) -> [String] {
        guard let program = words.first, program.split(separator: "/").last == "aws", words.contains("sqs"),
            !words.contains(where: { $0.hasPrefix("--endpoint-url") })
        else { return words }
        return [program, "--endpoint-url", server.url] + words.dropFirst()
    }
}
