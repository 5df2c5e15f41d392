/// Names of the images that are made for clusters, as AWS publishes them
/// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/retrieve-ecs-optimized_AMI.html,
/// https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html and retrieve-ami-id-bottlerocket.html).
enum PublicImages {
    private static let kubernetes = (28...34).map { "1.\($0)" }

    static let clusters: [String] =
        ["amazon-linux-2", "amazon-linux-2/arm64", "amazon-linux-2/gpu", "amazon-linux-2023", "amazon-linux-2023/arm64"]
        .map { "/aws/service/ecs/optimized-ami/\($0)/recommended/image_id" }
        + kubernetes.flatMap { version in
            ["amazon-linux-2", "amazon-linux-2-arm64", "amazon-linux-2-gpu"].map {
                "/aws/service/eks/optimized-ami/\(version)/\($0)/recommended/image_id"
            }
                + ["x86_64", "arm64"].flatMap { machine in
                    [
                        "/aws/service/eks/optimized-ami/\(version)/amazon-linux-2023/\(machine)/standard/recommended/image_id",
                        "/aws/service/bottlerocket/aws-k8s-\(version)/\(machine)/latest/image_id",
                    ]
                }
        }

    /// `.../recommended` is a document that has the image among other things.
    static let documents: [String] = clusters.filter { $0.hasSuffix("/recommended/image_id") }
        .map { String($0.dropLast("/image_id".count)) }
}
