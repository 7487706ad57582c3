//! The results that the standards themselves publish.

use super::{Algorithm, hex, pattern, to_hex};
use crate::digest::Hasher;

/// A message, and its result.
type Vector<'a> = (&'a [u8], &'a str);

fn check(algorithm: Algorithm, vectors: &[Vector]) {
    for (message, expected) in vectors {
        let text = message.escape_ascii();
        assert_eq!(hex(algorithm, message), *expected, "{algorithm:?} of {:.60}", text.to_string());
    }
}

/// The message of 448 bits of FIPS 180-4's examples.
const TWO_BLOCKS: &[u8] = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
/// The one of 896 bits.
const TWO_LARGE_BLOCKS: &[u8] = b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn\
      hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

fn million_a() -> Vec<u8> {
    vec![b'a'; 1_000_000]
}

/// RFC 1321, appendix A.5; the million is FIPS 180's message.
#[test]
fn md5_as_in_rfc_1321() {
    check(
        Algorithm::Md5,
        &[
            (b"", "d41d8cd98f00b204e9800998ecf8427e"),
            (b"a", "0cc175b9c0f1b6a831c399e269772661"),
            (b"abc", "900150983cd24fb0d6963f7d28e17f72"),
            (b"message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (b"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
            (
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                "d174ab98d277d9f5a5611c2c9f419d9f",
            ),
            (
                b"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
            (&million_a(), "7707d6ae4e027c70eea2a935c2296f21"),
        ],
    );
}

/// NIST's examples for FIPS 180-4, the million of FIPS 180-2.
#[test]
fn sha1_as_in_fips_180_4() {
    check(
        Algorithm::Sha1,
        &[
            (b"", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            (b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (TWO_BLOCKS, "84983e441c3bd26ebaae4aa1f95129e5e54670f1"),
            (TWO_LARGE_BLOCKS, "a49b2446a02c645bf419f995b67091253a04a259"),
            (&million_a(), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"),
        ],
    );
}

/// NIST's examples for FIPS 180-4, the million of FIPS 180-2.
#[test]
fn sha2_as_in_fips_180_4() {
    check(
        Algorithm::Sha2(224),
        &[
            (b"", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"),
            (b"abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (TWO_BLOCKS, "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525"),
            (TWO_LARGE_BLOCKS, "c97ca9a559850ce97a04a96def6d99a9e0e0e2ab14e6b8df265fc0b3"),
            (&million_a(), "20794655980c91d8bbb4c1ea97618a4bf03f42581948b2ee4ee7ad67"),
        ],
    );
    check(
        Algorithm::Sha2(256),
        &[
            (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (TWO_BLOCKS, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
            (TWO_LARGE_BLOCKS, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"),
            (&million_a(), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ],
    );
    check(
        Algorithm::Sha2(384),
        &[
            (
                b"",
                "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
            ),
            (
                b"abc",
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
            ),
            (
                TWO_BLOCKS,
                "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6b0455a8520bc4e6f5fe95b1fe3c8452b",
            ),
            (
                TWO_LARGE_BLOCKS,
                "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039",
            ),
            (
                &million_a(),
                "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985",
            ),
        ],
    );
    check(
        Algorithm::Sha2(512),
        &[
            (
                b"",
                "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
            ),
            (
                b"abc",
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ),
            (
                TWO_BLOCKS,
                "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c33596fd15c13b1b07f9aa1d3bea57789ca031ad85c7a71dd70354ec631238ca3445",
            ),
            (
                TWO_LARGE_BLOCKS,
                "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909",
            ),
            (
                &million_a(),
                "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b",
            ),
        ],
    );
}

/// NIST's examples for FIPS 202 (empty, 1600 bits), and FIPS 180's messages.
#[test]
fn sha3_as_in_fips_202() {
    check(
        Algorithm::Sha3(224),
        &[
            (b"", "6b4e03423667dbb73b6e15454f0eb1abd4597f9a1b078e3f5b5a6bc7"),
            (&[0xa3; 200], "9376816aba503f72f96ce7eb65ac095deee3be4bf9bbc2a1cb7e11e0"),
            (b"abc", "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf"),
            (TWO_BLOCKS, "8a24108b154ada21c9fd5574494479ba5c7e7ab76ef264ead0fcce33"),
            (TWO_LARGE_BLOCKS, "543e6868e1666c1a643630df77367ae5a62a85070a51c14cbf665cbc"),
            (&million_a(), "d69335b93325192e516a912e6d19a15cb51c6ed5c15243e7a7fd653c"),
        ],
    );
    check(
        Algorithm::Sha3(256),
        &[
            (b"", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"),
            (&[0xa3; 200], "79f38adec5c20307a98ef76e8324afbfd46cfd81b22e3973c65fa1bd9de31787"),
            (b"abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
            (TWO_BLOCKS, "41c0dba2a9d6240849100376a8235e2c82e1b9998a999e21db32dd97496d3376"),
            (TWO_LARGE_BLOCKS, "916f6061fe879741ca6469b43971dfdb28b1a32dc36cb3254e812be27aad1d18"),
            (&million_a(), "5c8875ae474a3634ba4fd55ec85bffd661f32aca75c6d699d0cdcb6c115891c1"),
        ],
    );
    check(
        Algorithm::Sha3(384),
        &[
            (
                b"",
                "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2ac3713831264adb47fb6bd1e058d5f004",
            ),
            (
                &[0xa3; 200],
                "1881de2ca7e41ef95dc4732b8f5f002b189cc1e42b74168ed1732649ce1dbcdd76197a31fd55ee989f2d7050dd473e8f",
            ),
            (
                b"abc",
                "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
            ),
            (
                TWO_BLOCKS,
                "991c665755eb3a4b6bbdfb75c78a492e8c56a22c5c4d7e429bfdbc32b9d4ad5aa04a1f076e62fea19eef51acd0657c22",
            ),
            (
                TWO_LARGE_BLOCKS,
                "79407d3b5916b59c3e30b09822974791c313fb9ecc849e406f23592d04f625dc8c709b98b43b3852b337216179aa7fc7",
            ),
            (
                &million_a(),
                "eee9e24d78c1855337983451df97c8ad9eedf256c6334f8e948d252d5e0e76847aa0774ddb90a842190d2c558b4b8340",
            ),
        ],
    );
    check(
        Algorithm::Sha3(512),
        &[
            (
                b"",
                "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26",
            ),
            (
                &[0xa3; 200],
                "e76dfad22084a8b1467fcf2ffa58361bec7628edf5f3fdc0e4805dc48caeeca81b7c13c30adf52a3659584739a2df46be589c51ca1a4a8416df6545a1ce8ba00",
            ),
            (
                b"abc",
                "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
            ),
            (
                TWO_BLOCKS,
                "04a371e84ecfb5b8b77cb48610fca8182dd457ce6f326a0fd3d7ec2f1e91636dee691fbe0c985302ba1b0d8dc78c086346b533b49c030d99a27daf1139d6e75e",
            ),
            (
                TWO_LARGE_BLOCKS,
                "afebb2ef542e6579c50cad06d2e578f9f8dd6881d7dc824d26360feebf18a4fa73e3261122948efcfd492e74e82e2189ed0fb440d187f382270cb455f21dd185",
            ),
            (
                &million_a(),
                "3c3a876da14034ab60627c077bb98f7e120a2a5370212dffb3385a18d4f38859ed311d0a9d5141ce9cc5c66ee689b266a8aa18ace8282a0e0db596c90b0a7b87",
            ),
        ],
    );
}

/// GB/T 32905-2016, appendix A; empty and million: as OpenSSL has them.
#[test]
fn sm3_as_in_gb_t_32905() {
    check(
        Algorithm::Sm3,
        &[
            (b"", "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"),
            (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
            (&b"abcd".repeat(16), "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
            (&million_a(), "c8aaf89429554029e231941a2acc0ad61ff2a5acd8fadd25847a3a732b3b02c3"),
        ],
    );
}

/// RFC 7693, appendix A.
#[test]
fn blake2b_as_in_rfc_7693() {
    check(
        Algorithm::Blake2b(512),
        &[
            (
                b"",
                "786a02f742015903c6c6fd852552d272912f4740e15847618a86e217f71f5419d25e1031afee585313896444934eb04b903a685b1448b755d56f701afe9be2ce",
            ),
            (
                b"abc",
                "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
            ),
        ],
    );
}

/// Of `abc`: the length is part of what is computed, so none is the beginning of another. As Python's `hashlib` has them.
#[test]
fn blake2b_of_other_lengths() {
    check(Algorithm::Blake2b(8), &[(b"abc", "6b")]);
    check(Algorithm::Blake2b(128), &[(b"abc", "cf4ab791c62b8d2b2109c90275287816")]);
    check(Algorithm::Blake2b(160), &[(b"abc", "384264f676f39536840523f284921cdc68b6846b")]);
    check(Algorithm::Blake2b(224), &[(b"abc", "9bd237b02a29e43bdd6738afa5b53ff0eee178d6210b618e4511aec8")]);
    check(
        Algorithm::Blake2b(256),
        &[(b"abc", "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319")],
    );
    check(
        Algorithm::Blake2b(384),
        &[(
            b"abc",
            "6f56a82c8e7ef526dfe182eb5212f7db9df1317e57815dbda46083fc30f54ee6c66ba83be64b302d7cba6ce15bb556f4",
        )],
    );
}

/// RFC 7693, appendix E: one hash over the hashes of four lengths, of messages around a block, with and without a key.
#[test]
fn blake2b_passes_the_self_test_of_rfc_7693() {
    let mut all = Hasher::new(Algorithm::Blake2b(256));
    for bytes in [20_u16, 32, 48, 64] {
        for len in [0, 3, 128, 129, 255, 1024] {
            let message = sequence(len, len);
            let mut plain = Hasher::new(Algorithm::Blake2b(bytes * 8));
            plain.update(&message);
            all.update(&plain.finish().bytes);
            let key = sequence(usize::from(bytes), u32::from(bytes) as usize);
            let mut params = blake2b_simd::Params::new();
            let keyed = params.hash_length(key.len()).key(&key).hash(&message);
            all.update(keyed.as_bytes());
        }
    }
    let expected = "c23a7800d98123bd10f506c61e29da5603d763b8bbad2e737f5e765a7bccd475";
    assert_eq!(to_hex(&all.finish().bytes), expected);
}

/// The messages of that test: Fibonacci numbers that lose their carries, of which the highest byte counts.
fn sequence(len: usize, seed: usize) -> Vec<u8> {
    let mut next = (0xdead_4bad_u32.wrapping_mul(u32::try_from(seed).expect("a small seed")), 1_u32);
    let byte = |_| {
        let sum = next.0.wrapping_add(next.1);
        next = (next.1, sum);
        sum.to_be_bytes()[0]
    };
    (0..len).map(byte).collect()
}

/// `test_vectors.json` of BLAKE3: the first 32 bytes for messages around chunks and subtrees.
#[test]
fn blake3_as_in_its_test_vectors() {
    let vectors = [
        (0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
        (1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"),
        (1_023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11"),
        (1_024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"),
        (1_025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"),
        (2_048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a"),
        (2_049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"),
        (3_072, "b98cb0ff3623be03326b373de6b9095218513e64f1ee2edd2525c7ad1e5cffd2"),
        (3_073, "7124b49501012f81cc7f11ca069ec9226cecb8a2c850cfe644e327d22d3e1cd3"),
        (4_096, "015094013f57a5277b59d8475c0501042c0b642e531b0a1c8f58d2163229e969"),
        (4_097, "9b4052b38f1c5fc8b1f9ff7ac7b27cd242487b3d890d15c96a1c25b8aa0fb995"),
        (5_120, "9cadc15fed8b5d854562b26a9536d9707cadeda9b143978f319ab34230535833"),
        (5_121, "628bd2cb2004694adaab7bbd778a25df25c47b9d4155a55f8fbd79f2fe154cff"),
        (6_144, "3e2e5b74e048f3add6d21faab3f83aa44d3b2278afb83b80b3c35164ebeca205"),
        (6_145, "f1323a8631446cc50536a9f705ee5cb619424d46887f3c376c695b70e0f0507f"),
        (7_168, "61da957ec2499a95d6b8023e2b0e604ec7f6b50e80a9678b89d2628e99ada77a"),
        (7_169, "a003fc7a51754a9b3c7fae0367ab3d782dccf28855a03d435f8cfe74605e7817"),
        (8_192, "aae792484c8efe4f19e2ca7d371d8c467ffb10748d8a5a1ae579948f718a2a63"),
        (8_193, "bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b"),
        (16_384, "f875d6646de28985646f34ee13be9a576fd515f76b5b0a26bb324735041ddde4"),
        (31_744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"),
        (102_400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"),
    ];
    for (len, expected) in vectors {
        assert_eq!(hex(Algorithm::Blake3(256), &pattern(len)), expected, "{len} bytes");
    }
}

/// The same file's longest results, of 131 bytes: of none, and of 31 chunks.
#[test]
fn blake3_of_other_lengths() {
    let vectors = [
        (
            0,
            concat!(
                "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262e00f03e7b69af26b7faaf09f",
                "cd333050338ddfe085b8cc869ca98b206c08243a26f5487789e8f660afe6c99ef9e0c52b92e7393024a80459",
                "cf91f476f9ffdbda7001c22e159b402631f277ca96f2defdf1078282314e763699a31c5363165421cce14d"
            ),
        ),
        (
            31_744,
            concat!(
                "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47860cc51f2b0c28a7b77304bd",
                "55fe73af663c02d3f52ea053ba43431ca5bab7bfea2f5e9d7121770d88f70ae9649ea713087d1914f7f31214",
                "7e247f87eb2d4ffef0ac978bf7b6579d57d533355aa20b8b77b13fd09748728a5cc327a8ec470f4013226f"
            ),
        ),
    ];
    for (len, expected) in vectors {
        for bytes in [1, 16, 32, 33, 64, 65, 131] {
            let short = &expected[..bytes as usize * 2];
            assert_eq!(hex(Algorithm::Blake3(bytes * 8), &pattern(len)), short, "{len} bytes to {bytes}");
        }
    }
}

/// What POSIX specifies for `cksum`, as GNU prints it in decimal: 4294967295, 930766865, 3015617425.
#[test]
fn crc_as_in_posix() {
    check(Algorithm::Crc, &[(b"", "ffffffff"), (b"123456789", "377a6011"), (b"hello\n", "b3beab91")]);
}

/// RFC 1952's CRC: the check value of the catalogue of CRCs (CRC-32/ISO-HDLC).
#[test]
fn crc32b_as_in_gzip() {
    check(Algorithm::Crc32b, &[(b"", "00000000"), (b"123456789", "cbf43926"), (b"hello\n", "363a3020")]);
}

/// RFC 3720, appendix B.4, and the catalogue's check value (CRC-32/ISCSI).
#[test]
fn crc32c_as_in_rfc_3720() {
    let up: Vec<u8> = (0..32).collect();
    let down: Vec<u8> = (0..32).rev().collect();
    let mut read_command = [0; 48];
    for (at, byte) in
        [(0, 0x01), (1, 0xc0), (16, 0x14), (22, 0x04), (27, 0x14), (31, 0x18), (32, 0x28), (40, 0x02)]
    {
        read_command[at] = byte;
    }
    check(
        Algorithm::Crc32c,
        &[
            (b"", "00000000"),
            (&[0; 32], "8a9136aa"),
            (&[0xff; 32], "62a8ab43"),
            (&up, "46dd794e"),
            (&down, "113fdb5c"),
            (&read_command, "d9963a56"),
            (b"123456789", "e3069283"),
        ],
    );
}

/// `sum`: what GNU prints, in hex.
#[test]
fn sums_as_gnu_has_them() {
    let many = [b'a'; 2000];
    check(Algorithm::Bsd, &[(b"", "0000"), (b"hello\n", "9073"), (&many, "fed1")]);
    check(Algorithm::Sysv, &[(b"", "0000"), (b"hello\n", "021e"), (&many, "f5d2")]);
}

/// The bytes of xxHash's own sanity test: the highest ones of the powers of a prime.
fn sanity(len: usize) -> Vec<u8> {
    let mut generator = 2_654_435_761_u64;
    let byte = |_| {
        let byte = generator.to_be_bytes()[0];
        generator = generator.wrapping_mul(11_400_714_785_074_694_797);
        byte
    };
    (0..len).map(byte).collect()
}

/// xxHash's sanity test, seed 0.
#[test]
fn xxh64_as_in_its_sanity_test() {
    let vectors = [
        (0, "ef46db3751d8e999"),
        (1, "e934a84adb052768"),
        (4, "9136a0dca57457ee"),
        (14, "8282dcc4994e35c8"),
        (222, "b641ae8cb691c174"),
    ];
    for (len, expected) in vectors {
        assert_eq!(hex(Algorithm::Xxh64, &sanity(len)), expected, "{len} bytes");
    }
}

/// xxHash's sanity test, seed 0: one length of each of its ways, and the edges of its blocks.
#[test]
fn xxh3_as_in_its_sanity_test() {
    let vectors = [
        (0, "2d06800538d394c2"),
        (1, "c44bdff4074eecdb"),
        (6, "27b56a84cd2d7325"),
        (12, "a713daf0dfbb77e7"),
        (24, "a3fe70bf9d3510eb"),
        (48, "397da259ecba1f11"),
        (80, "bcdefbbb2c47c90a"),
        (195, "cd94217ee362ec3a"),
        (403, "cdeb804d65c6dea4"),
        (512, "617e49599013cb6b"),
        (2048, "dd59e2c3a5f038e0"),
        (2240, "6e73a90539cf2948"),
        (2367, "cb37aeb9e5d361ed"),
    ];
    for (len, expected) in vectors {
        assert_eq!(hex(Algorithm::Xxh3, &sanity(len)), expected, "{len} bytes");
    }
}
