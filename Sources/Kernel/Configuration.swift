/// What a platform is told at start.
public struct Configuration: Sendable {
    /// The directory with `Runtimes/`, `Blueprints/` and what set-up made (`.setup/`).
    public var home: String
    /// Where state is kept; opened by one process only.
    public var dataDirectory: String
    public var host: String
    /// 0 asks the system for a free one; ``Platform/endpoint`` tells which.
    public var port: Int
    /// The UDP port on which AWS's names are asked for; nil for no DNS.
    public var namePort: Int?
    /// Where the installation's root key comes from.
    public var rootKey: RootKeySource

    public init(
        home: String, dataDirectory: String, host: String = "127.0.0.1", port: Int = 4566, namePort: Int? = nil,
        rootKey: RootKeySource = .beside
    ) {
        (self.home, self.dataDirectory, self.host, self.port) = (home, dataDirectory, host, port)
        (self.namePort, self.rootKey) = (namePort, rootKey)
    }

    public var modelsDirectory: String { home + "/.setup/models" }
    /// The interpreter of the virtual environment that set-up made.
    public var python: String { home + "/.setup/venv/bin/python" }
}
