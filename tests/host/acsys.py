"""The identifiers of AC's own `acsys` module (apps/python/system/acsys.py), by AC's names."""

_CS_NAMES = [
    "SpeedMS",
    "SpeedMPH",
    "SpeedKMH",
    "Gas",
    "Brake",
    "Clutch",
    "Gear",
    "BestLap",
    "CamberRad",
    "AccG",
    "CGHeight",
    "DriveTrainSpeed",
    "LapInvalidated",
    "LapTime",
    "LastLap",
    "LapCount",
    "PerformanceMeter",
    "LastFF",
    "LocalAngularVelocity",
    "LocalVelocity",
    "NormalizedSplinePosition",
    "RPM",
    "Load",
    "NdSlip",
    "SlipAngle",
    "SlipRatio",
    "Steer",
    "SpeedTotal",
    "ThermalState",
    "TurboBoost",
    "TyreDirtyLevel",
    "TyreSlip",
    "Velocity",
    "WheelAngularSpeed",
    "WorldPosition",
    "CamberDeg",
    "CurrentTyresCoreTemp",
    "DY",
    "DynamicPressure",
    "Mz",
    "SuspensionTravel",
    "TyreContactNormal",
    "TyreContactPoint",
    "TyreHeadingVector",
    "TyreLoadedRadius",
    "TyreRadius",
    "DrsAvailable",
    "DrsEnabled",
    "EngineBrake",
    "ERSCurrentKJ",
    "ERSDelivery",
    "ERSHeatCharging",
    "ERSMaxJ",
    "ERSRecovery",
    "KersCharge",
    "KersInput",
    "P2PActivations",
    "P2PStatus",
    "RaceFinished",
]


class CS:
    """What `ac.getCarState` can be asked for."""


for _index, _name in enumerate(_CS_NAMES):
    setattr(CS, _name, _index)


class WHEELS:
    FL, FR, RL, RR = range(4)


class GL:
    Lines, LineStrip, Triangles, Quads = range(4)


class CM:
    Cockpit, Car, Drivable, Track, Helicopter, OnBoardFree, Free, Random, ImageGeneratorCamera, Start = range(10)
