import Documents
import Synchronization

/// The shapes of one service, parsed one by one when first asked for.
final class ShapeTable: Sendable {
    let file: ModelFile
    private let shapes = Mutex<[String: Shape]>([:])
    private let any = AtomicLazyReference<Shape>()

    init(_ file: ModelFile) { self.file = file }

    /// What stands for a shape the model names but doesn't have.
    var anything: Shape { any.load() ?? any.storeIfNil(Shape("Document", ["type": "structure", "document": true], in: self)) }

    /// Nil for a name the model doesn't have, and for one whose text isn't JSON.
    func shape(_ name: String) -> Shape? {
        if let shape = shapes.withLock({ $0[name] }) { return shape }
        guard let range = file.shapes[name], let traits = try? file.document(range) else { return nil }
        let made = Shape(name, traits, in: self)
        return shapes.withLock { shapes in
            if let first = shapes[name] { return first }
            shapes[name] = made
            return made
        }
    }
}
