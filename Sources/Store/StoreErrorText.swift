/// What an operator reads of it, on the terminal and in the log.
extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .closed: "the store is closed"
        case .inUse(let directory): "another server uses the data directory \(directory); stop it, or choose another with --data"
        case .full: "the disk that keeps Tarn's data is full"
        case .tooLarge(let what, let limit): "\(what): over the limit of \(limit) bytes"
        case .corrupt(let what): "damaged data: \(what)"
        case .newer(let type, let tag): "the data was written by a newer Tarn (\(type), form \(tag))"
        case .backend(let code, let message): "\(message) (\(code))"
        }
    }
}
