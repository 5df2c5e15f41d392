import Store
import Synchronization

/// Blobs that somebody in this process is reading or about to refer to: the collector leaves them alone.
///
/// Who pins must look at the store again afterwards: if the blob still has a count then, its file stays until it is let
/// go, because the collector looks at the pins only after the commit that drops the count.
final class BlobPins: Sendable {
    private let counts = Mutex<[BlobID: Int]>([:])

    func pin(_ ids: [BlobID]) {
        counts.withLock { counts in for id in ids { counts[id, default: 0] += 1 } }
    }

    func unpin(_ ids: [BlobID]) {
        counts.withLock { counts in
            for id in ids {
                if let count = counts[id], count > 1 { counts[id] = count - 1 } else { counts[id] = nil }
            }
        }
    }

    func isPinned(_ id: BlobID) -> Bool { counts.withLock { $0[id] != nil } }
}

/// Holds pins until it is let go.
final class PinnedBlobs: Sendable {
    let manifest: BodyManifest
    private let ids: [BlobID]
    private let pins: BlobPins
    private let released: @Sendable () -> Void

    init(_ manifest: BodyManifest, pins: BlobPins, released: @escaping @Sendable () -> Void) {
        (self.manifest, self.pins, self.released) = (manifest, pins, released)
        ids = manifest.segments.map(\.blob.id)
        pins.pin(ids)
    }

    deinit {
        pins.unpin(ids)
        released()
    }
}
