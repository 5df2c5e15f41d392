/// Numbers with a check digit, or of a narrow form.
extension Text {
    /// 13 to 19 digits by Luhn's formula, with the beginning that some issuer has; spaces or hyphens may part them.
    func creditCards() -> [Range<Int>] {
        numbers(13...19) { digits in
            guard Self.isIssued(digits) else { return false }
            var sum = 0
            for (place, digit) in digits.reversed().enumerated() {
                let value = place % 2 == 1 ? digit * 2 : digit
                sum += value > 9 ? value - 9 : value
            }
            return sum % 10 == 0
        }
    }

    private static func isIssued(_ digits: [Int]) -> Bool {
        func begin(_ count: Int) -> Int { digits.prefix(count).reduce(0) { $0 * 10 + $1 } }
        switch begin(1) {
        case 4: return [13, 16, 19].contains(digits.count)
        case 5: return (51...55).contains(begin(2)) || (50...59).contains(begin(2))
        case 2: return (2221...2720).contains(begin(4))
        case 3: return [34, 37, 35, 36, 38, 39].contains(begin(2)) || (300...305).contains(begin(3))
        case 6: return true
        default: return false
        }
    }

    /// Groups of digits with one space or hyphen at most between two.
    private func numbers(_ counts: ClosedRange<Int>, _ isRight: ([Int]) -> Bool) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var place = 0
        while place < bytes.count {
            guard Self.isDigit(bytes[place]), byte(place - 1).map({ !Self.isAlphanumeric($0) }) ?? true else {
                place += 1
                continue
            }
            var (end, digits): (Int, [Int]) = (place, [])
            while let next = byte(end) {
                if Self.isDigit(next) {
                    digits.append(Int(next) - 48)
                    end += 1
                } else if next == UInt8(ascii: " ") || next == UInt8(ascii: "-"), let after = byte(end + 1), Self.isDigit(after) {
                    end += 1
                } else {
                    break
                }
            }
            if counts.contains(digits.count), byte(end).map({ !Self.isAlphanumeric($0) }) ?? true, isRight(digits) {
                found.append(place..<end)
            }
            place = max(end, place + 1)
        }
        return found
    }

    /// An IBAN, whose digits leave one when they are divided by 97.
    func bankAccounts(_ country: String, length: Int) -> [Range<Int>] {
        places(of: country).compactMap { begin in
            guard byte(begin - 1).map({ !Self.isAlphanumeric($0) }) ?? true else { return nil }
            var (end, text): (Int, [UInt8]) = (begin, [])
            while text.count < length, let next = byte(end) {
                if Self.isAlphanumeric(next) {
                    text.append(next)
                } else if next != UInt8(ascii: " ") || text.count < 4 {
                    break
                }
                end += 1
            }
            guard text.count == length, text[2..<4].allSatisfy(Self.isDigit),
                byte(end).map({ !Self.isAlphanumeric($0) }) ?? true
            else { return nil }
            var rest = 0
            for byte in text[4...] + text[..<4] {
                let value = Self.isDigit(byte) ? Int(byte) - 48 : Int(byte & 0xDF) - 55
                rest = (rest * (value > 9 ? 100 : 10) + value) % 97
            }
            return rest == 1 ? begin..<end : nil
        }
    }

    func socialSecurityNumbers() -> [Range<Int>] {
        numbers(9...9) { digits in
            let area = digits[..<3].reduce(0) { $0 * 10 + $1 }
            let (group, serial) = (digits[3...4].reduce(0, +), digits[5...].reduce(0, +))
            return area > 0 && area != 666 && area < 900 && group > 0 && serial > 0
        }
    }

    /// 17 letters and digits, the ninth of which checks the others.
    func vehicleNumbers() -> [Range<Int>] {
        let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
        let letters = Array("ABCDEFGH..JKLMN.P.R..STUVWXYZ".utf8)
        let values = [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 0, 0, 2, 3, 4, 5, 6, 7, 8, 9]
        return runs(Self.isAlphanumeric).filter { run in
            guard run.count == weights.count else { return false }
            var sum = 0
            for (place, byte) in bytes[run].enumerated() {
                let upper = Self.isLetter(byte) ? byte & 0xDF : byte
                if Self.isDigit(upper) {
                    sum += (Int(upper) - 48) * weights[place]
                } else if let index = letters.firstIndex(of: upper) {
                    sum += values[index] * weights[place]
                } else {
                    return false
                }
            }
            let check = bytes[run.lowerBound + 8]
            return sum % 11 == 10 ? check | 32 == UInt8(ascii: "x") : Int(check) - 48 == sum % 11
        }
    }
}

/// Keys.
extension Text {
    /// 40 characters of base64 that stand alone.
    func secretKeys() -> [Range<Int>] {
        runs { Self.isAlphanumeric($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "+") }.filter { run in
            guard run.count == 40, byte(run.upperBound) != UInt8(ascii: "=") else { return false }
            let key = bytes[run]
            // A hash in hexadecimal digits is none.
            return key.contains { (65...90).contains($0) } && key.contains { (97...122).contains($0) }
                && key.contains(where: Self.isDigit)
        }
    }

    /// From `-----BEGIN X-----` to `-----END X-----`, or as far as the text goes.
    func blocks(_ kinds: [String]) -> [Range<Int>] {
        kinds.flatMap { kind in
            let begin = "-----BEGIN \(kind)-----"
            let end = "-----END \(kind)-----"
            let ends = places(of: end)
            return places(of: begin).map { place in
                place..<(ends.first { $0 > place }.map { $0 + end.utf8.count } ?? bytes.count)
            }
        }.sorted { $0.lowerBound < $1.lowerBound }
    }

    func puttyKeys() -> [Range<Int>] {
        let ends = places(of: "Private-MAC: ")
        return places(of: "PuTTY-User-Key-File-").map { place in
            guard var end = ends.first(where: { $0 > place }) else { return place..<bytes.count }
            while let next = byte(end), next != UInt8(ascii: "\n"), next != UInt8(ascii: "\r") { end += 1 }
            return place..<end
        }
    }
}
