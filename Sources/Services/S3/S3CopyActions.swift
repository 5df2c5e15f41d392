import Documents
import Kernel
import Store

extension S3Actions {
    /// To copy an object is to read one and to put one.
    var copy: Rule {
        { input, context in
            let replaces = input["TaggingDirective"]?.string == "REPLACE"
            let tags = replaces ? try TagRules.parse(input["Tagging"]?.string) : []
            let from = Place(try CopySource(input["CopySource"]?.string ?? ""))
            let needed = [try await source(from, context)] + (try await puts(input, tags, context))
            // Tags that go along are read and set, and each is a permission of its own.
            guard !replaces, try await isTagged(from, context), var put = needed.first(where: { $0.action == "s3:PutObject" })
            else { return needed }
            put.action = "s3:PutObjectTagging"
            let action = from.version == nil ? "s3:GetObjectTagging" : "s3:GetObjectVersionTagging"
            return needed + [try await source(from, action, context), put]
        }
    }

    private func isTagged(_ place: Place, _ context: Context) async throws -> Bool {
        guard let key = place.key else { return false }
        let bucket = try await service.sourcePoint(place.bucket, context)?.bucket ?? place.bucket
        do {
            return try await context.store.read { snapshot in
                try !ObjectTable.visible(bucket, key, version: place.version, in: snapshot).tags.isEmpty
            }
        } catch is S3Fault {
            // What is not there has no tags; the handler tells those who may know.
            return false
        }
    }

    /// To read what a request reads beside the place that it is for.
    func source(_ place: Place, _ context: Context) async throws -> Permission {
        try await source(place, place.version == nil ? "s3:GetObject" : "s3:GetObjectVersion", context)
    }

    private func source(_ place: Place, _ action: String, _ context: Context) async throws -> Permission {
        let point = try await service.sourcePoint(place.bucket, context)
        var place = place
        if let point { place.bucket = point.bucket }
        return try await Passage.$current.withValue(point) { [place] in
            try await existing(action, place, context, isSource: true)
        }
    }
}
